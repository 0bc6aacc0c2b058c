"""The voice path: RTP, jitter buffer, tones, DTMF."""
