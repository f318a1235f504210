"""Floor 4: networks from files and to files; nothing is imported before it is asked for.

A specification is read in five steps, one file each: `source` (bytes to text), `events` (text to a `tree` with
places), `body` (tree to lists of named `item`s and what they read), `bind` (items to layers by the values in a
`scope`, a block once for each set of them) and `expand` (blocks to nodes). `spec` knows the grammar of the whole and
takes the steps, `faults` gathers what is wrong on the way, `names` says which names are symbols, `write` goes the other
way and `spell` writes its formulas.
"""
