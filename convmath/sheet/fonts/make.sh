#!/usr/bin/env bash
# Makes maths.woff2: the letters and signs of the sheets, out of Latin Modern Math (Debian's fonts-lmodern), under a name
# of its own, as LICENSE.txt asks. Needs fonttools and brotli (pip install fonttools brotli).
set -euo pipefail
cd "$(dirname "$0")"
font=${1:-/usr/share/texmf/fonts/opentype/public/lm-math/latinmodern-math.otf}
letters=$(python3 - <<'END'
plain = range(0x20, 0x7F)
greek = [*range(0x391, 0x3AA), *range(0x3B1, 0x3CA)]
slanted = [*range(0x1D434, 0x1D468), 0x210E, *range(0x1D6E2, 0x1D71C)]
signs = [0xB1, 0xB7, 0xD7, 0xF7, 0x2032, 0x2061, 0x2062, 0x2026, 0x2211, 0x2212, 0x221A, 0x22C5, 0x2260, 0x2264, 0x2265]
fences = range(0x2308, 0x230C)
print(",".join(f"U+{point:X}" for part in (plain, greek, slanted, signs, fences) for point in part))
END
)
pyftsubset "$font" --unicodes="$letters" --flavor=woff2 --layout-features='*' --no-hinting --desubroutinize \
    --name-IDs=0,1,2,4,5,6,13,14 --output-file=maths.woff2
python3 - <<'END'
from fontTools.ttLib import TTFont

font = TTFont("maths.woff2", recalcTimestamp=False)
for number, text in {1: "Convmath Maths", 4: "Convmath Maths", 6: "ConvmathMaths-Regular"}.items():
    for record in font["name"].names:
        if record.nameID == number:
            record.string = text
font["CFF "].cff.fontNames = ["ConvmathMaths-Regular"]
font["CFF "].cff.topDictIndex[0].FullName = "Convmath Maths"
font["CFF "].cff.topDictIndex[0].FamilyName = "Convmath Maths"
font.save("maths.woff2")
END
