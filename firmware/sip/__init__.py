"""SIP: datagrams in, datagrams out. No I/O."""
