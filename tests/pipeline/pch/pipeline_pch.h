// What every test of the pipeline includes, precompiled: it takes three quarters of their parsing.

#include <gtest/gtest.h>

#include "rig.h"
