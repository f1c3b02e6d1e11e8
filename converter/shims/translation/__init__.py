"""Translates Python layer classes to JavaScript, from their syntax trees."""
