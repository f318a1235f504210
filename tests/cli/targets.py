"""How each command that takes a network is asked about one."""

TAKING = {
    "analyze": ("analyze", "{}"),
    "explain-count": ("explain-count", "{}", "--like", "thop"),
    "compare, first": ("compare", "{}", "lenet5", "--input-b", "1x1x32x32"),
    "compare, second": ("compare", "lenet5", "{}"),
    "lint": ("lint", "{}", "--ignore", "CM"),
    "draw": ("draw", "{}"),
    "export": ("export", "{}", "--to", "yaml"),
    "field": ("field", "{}"),
    "solve": ("solve", "{}"),
    "memory": ("memory", "{}"),
    "roofline": ("roofline", "{}", "--profile", "a100"),
    "verify": ("verify", "{}"),
    "scale": ("scale", "{}", "--grow", "N=1*2", "--within", "N <= 4"),
    "sweep": ("sweep", "{}", "--vary", "N=1:2"),
}
"""How each command is asked about a network."""


def commanded(taking, words):
    """The words of a command about a network, whose own options follow."""
    network, *more = words
    own = {
        "compare, first": {"--given": "--given-a"},
        "compare, second": {"--given": "--given-b", "--input": "--input-b"},
    }.get(taking, {})
    return [*(network if word == "{}" else word for word in TAKING[taking]), *(own.get(word, word) for word in more)]
