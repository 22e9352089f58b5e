/* Random numbers and orders, with the distributions of the standard library that they are made for. */
#ifndef PARLAY_RANDOM_H_
#define PARLAY_RANDOM_H_

#include <random>

#include "internal/random_order.h"

#endif
