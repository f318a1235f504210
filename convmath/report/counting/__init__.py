"""How other tools count: each convention is a table of where it departs from the MACs that are counted here.

>>> from convmath.report.counting.tools import convention
>>> convention("thop").unit
'MACs'
"""
