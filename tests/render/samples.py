"""What the tests of the renderers draw: a small report with awkward names, and names that would do harm."""

from functools import cache

import convmath as cm


@cache
def awkward():
    """A report whose names need escaping somewhere, with zeros, a fraction, a whole axis and a note."""
    net = cm.Network("tiny <&> net")
    x = net.input("image", (1, 3, 12, 16))
    y = net.add(cm.Conv2d(3, 8, 3, padding=1), x, name="stem|conv")
    y = net.add(cm.ReLU(), y, name='"act", or *not*')
    z = net.add(cm.ConvTranspose2d(8, 8, 4, stride=2, padding=1), y, name="=up_1")
    z = net.add(cm.MaxPool2d(2), z, name="<b>Größe ×2</b>")
    z = net.add(cm.Conv2d(8, 8, 2, padding=((0, 1), (0, 1))), z, name="new\nline")
    z = net.add(cm.Add(), y, z, name="block.sum")
    z = net.add(cm.GlobalAvgPool(), z, name="@pool")
    z = net.add(cm.Flatten(), z, name="`flat`")
    net.add(cm.Linear(8, 1200000), z, name="[fc](#)")
    return net.analyze()


COLUMNS = ("name", "op", "output", "params", "macs", "flops", "rf", "jump", "start")

PAYLOADS = (
    "<script>alert(1)</script>",
    "</td></tr></table><script src=//evil.example></script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "<a href=javascript:alert(1)>x</a>",
    "<!-- comment",
    "<![CDATA[x]]>",
    "</style><style>*{display:none}",
    "&lt;b&gt; &amp; &#60;",
    "{{7*7}} ${7*7} <%= 7 %>",
    "**bold** __bold__ *it* _it_",
    "[link](javascript:alert(1))",
    "![image](http://evil.example/x.png)",
    "<http://evil.example>",
    "[ref]: http://evil.example",
    "a | b | c",
    "a \\| b \\",
    "`code` ``code``",
    "# heading",
    "> quote",
    "~~struck~~",
    "---",
    "$\\frac{1}{2}$",
    "\\",
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "\x9b31mred",
    "\x1bc",
    "a\bb\x7fc",
    "bell\x07",
    "carriage\rreturn",
    "new\nline",
    "tab\there",
    "\x0b\x0c\x1c\x1d\x1e\x85",
    "line\u2028para\u2029end",
    "NUL\x00byte",
    '=HYPERLINK("http://evil.example","x")',
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    '"quoted", and, commas',
    "right-to-left \u202egnp.exe",
    "isolate \u2066x\u2069 mark \u200f",
    "zero\u200bwidth \ufeffbom",
    "lone \ud800 surrogate \udfff",
    "private \ue000 unassigned \U000e0001",
    "[red]rich[/red] [link=http://evil.example]x[/link]",
    ":warning: \\[x]",
    "ünïcödé ×½ 卷积 🙂",
    " leading and trailing ",
    " ",
)  # fmt: skip
"""Names that would do harm, or vanish, somewhere if they were not escaped."""


def hostile(payload):
    """A table with the payload wherever a name from outside can stand."""
    net = cm.Network(payload)
    x = net.input(payload, (1, 3, 8, 8))
    y = net.add(cm.Conv2d(3, 3, 2, padding=((0, 1), (0, 1))), x, name=f"{payload}.")
    net.add(cm.Add(), x, y, name=f"{payload}!")
    return net.analyze()
