"""Floor 4: networks from files and to files; nothing is imported before it is asked for.

A specification is read in five steps, one file each: `source` (bytes to text), `events` (text to a tree with
places), `body` (tree to named items and what they read), `bind` (items to layers, a block once for each set of
values) and `expand` (blocks to nodes). `spec` knows the grammar of the whole, `write` goes the other way.
"""
