"""The boards as data: netlists, rules, and the files that are made of them."""
