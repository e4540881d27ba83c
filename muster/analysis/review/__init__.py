"""What a review adds to the figures: what drove a change, clusters of escalations, budgets, waits, proposals.

Frame in, frame out, as all of `muster.analysis`. Every figure here comes from the frames it is given; where
the record does not say, the column is null and the texts say so.
"""
