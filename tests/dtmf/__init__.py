"""The DTMF receiver on the bench of ITU-T Q.24: ``python -m tests.dtmf`` measures its limits."""
