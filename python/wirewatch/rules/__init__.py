"""Rule files as files: where they come from, which rules are on, what they say of themselves.

What rules mean is the engine's; nothing here is asked while packets pass. Every run imports
`wirewatch.rules.folder` alone.
"""
