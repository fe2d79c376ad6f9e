"""Training of the meterocr models: data, synthetic photos, networks, export and evaluation.

Nothing here travels in the wheel, and ``meterocr`` never imports it.
"""
