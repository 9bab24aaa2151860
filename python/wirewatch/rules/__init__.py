"""Rule files as files: where they come from, which rules are on, what they say of themselves.

What rules mean is the engine's; nothing here is asked while packets pass.
"""

from wirewatch.rules.choice import Choices, read_choices
from wirewatch.rules.folder import choices_folder, data_folder, installed
from wirewatch.rules.text import RuleText, read_rules, rule_files

__all__ = [
    "Choices",
    "RuleText",
    "choices_folder",
    "data_folder",
    "installed",
    "read_choices",
    "read_rules",
    "rule_files",
]
