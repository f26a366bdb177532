"""The only caller of other programs; atomic files, locks and host facts."""
