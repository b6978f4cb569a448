"""What climbs the judge's score: one file and one visible loop for each painter, and how a run advances them.

May import base and models; never a measure, the store, or the held-out judge. The painters bring torch;
`running` and `painting_thread` do not.
"""
