"""A campaign or a comparison as one HTML file: no script, nothing fetched, made to be mailed, kept and printed.

The same archive gives the same file, so that two people who have it can compare what they read.
"""
