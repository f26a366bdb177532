"""What nothing refers to any more: found by what is in use, removed when asked."""
