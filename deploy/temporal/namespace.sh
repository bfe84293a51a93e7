#!/bin/sh
# Retention decides for how long a finished deployment can be looked at in Temporal. Safe to repeat.
set -eu

temporal operator namespace describe --namespace default ||
  temporal operator namespace create --namespace default --retention 720h
