"""What joins the engine to everything written in Python: its options, and the router of what
comes out."""
