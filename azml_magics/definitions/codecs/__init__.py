"""Formats of files: text into values and back; what is on disk is left to ``assets``."""
