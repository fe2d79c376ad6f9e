"""The pages that people use: rendered here, small, in Hindi and English. The rules are in ``meterocr.workflow``."""
