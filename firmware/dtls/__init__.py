"""Handshakes of DTLS-SRTP (RFC 5764): a process that signalling asks for keys of voice."""
