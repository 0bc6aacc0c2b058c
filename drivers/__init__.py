"""Copper and silicon: SLIC drivers, the SPI bus, pins, the PCM highway. Ignorant of SIP."""
