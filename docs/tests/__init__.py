"""Tests of the site. They import no Keras: the site is made of text."""
