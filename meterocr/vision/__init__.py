"""From a photo to a readout: everything that knows pixels and models."""
