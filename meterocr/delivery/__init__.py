"""How a bill gets to people: as a PDF, and as a message on WhatsApp or on the console."""
