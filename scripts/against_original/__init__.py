"""Holds steer2reg to the original, byte by byte. `../against_original.py` runs it.

spelling    values as JSON text, in ordinary and in odd ways
figures     numbers, spelled in every way
records     random records of every schema, many of them with an accident
files       whole inputs of such records, also broken at byte level
original    what the original's own functions make of a record
pairs       what CPython makes of records where the original has no rows: pairs, weighted scores, HelpSteer3
contract    what steer2reg may reject, written down a second time: in Python, from the tables of docs/guarantees.md
verdicts    the two together: what must come of each line of an input
ways        the ways in which the tool can be run
trial       one input, run in several ways and compared; differences made small
reports     differences, each kind written down once, with an input that makes it
"""
