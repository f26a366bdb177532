"""Stage 2, define: what the user means, as frozen values; reading text is left to ``cells``, storing to ``workspace``."""
