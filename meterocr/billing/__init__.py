"""Money, tariffs and bills: pure functions of frozen values. Standard library only, integer paise, no floats."""
