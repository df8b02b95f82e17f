"""Signal processing: decode images, audio and physiological recordings, detect faces, compute features."""
