"""Environments and models as versioned assets of a workspace: registered, listed, compared, copied in and out."""
