/* Parallel algorithms on ranges (https://cmuparlay.github.io/parlaylib/algorithms/primitives.html).
 *
 * The standard headers are those that come with ParlayLib's of this name, and that programs do not always name.
 */
#ifndef PARLAY_PRIMITIVES_H_
#define PARLAY_PRIMITIVES_H_

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <vector>

#include "delayed.h"
#include "delayed_sequence.h"
#include "internal/filter.h"
#include "internal/get_time.h"
#include "internal/group_by.h"
#include "internal/histogram.h"
#include "internal/mapping.h"
#include "internal/merge.h"
#include "internal/random_order.h"
#include "internal/reduce.h"
#include "internal/scan.h"
#include "internal/searching.h"
#include "internal/sort.h"
#include "internal/tokens.h"
#include "monoid.h"
#include "parallel.h"
#include "range.h"
#include "sequence.h"
#include "slice.h"
#include "utilities.h"

#endif
