"""What is done with one service: replaced, asked, measured, found again; starting it is left to ``engines``."""
