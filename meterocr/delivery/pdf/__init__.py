"""A bill as a PDF: an A4 page or an 80 mm receipt, in English or Hindi."""
