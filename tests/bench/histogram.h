/* Durations counted in classes of equal relative width, for percentiles without keeping every
 * value. */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_FINE 6 /* 64 classes between two powers of two: 1.6 % wide */

struct histogram {
	uint64_t total, max_ns;
	uint64_t classes[64 << HISTOGRAM_FINE];
};

static inline unsigned histogram_class(uint64_t ns)
{
	if (ns < 1u << HISTOGRAM_FINE)
		return (unsigned)ns;
	const unsigned power = 63 - (unsigned)__builtin_clzll(ns);
	const unsigned fine =
		(unsigned)(ns >> (power - HISTOGRAM_FINE)) & ((1u << HISTOGRAM_FINE) - 1);
	return ((power - HISTOGRAM_FINE + 1) << HISTOGRAM_FINE) + fine;
}

static inline uint64_t histogram_value(unsigned class)
{
	if (class < 1u << HISTOGRAM_FINE)
		return class;
	const unsigned power = (class >> HISTOGRAM_FINE) + HISTOGRAM_FINE - 1;
	const uint64_t fine = class & ((1u << HISTOGRAM_FINE) - 1);
	return (1ull << power) + (fine << (power - HISTOGRAM_FINE));
}

static inline void histogram_add(struct histogram *histogram, uint64_t ns)
{
	histogram->classes[histogram_class(ns)]++;
	histogram->total++;
	if (ns > histogram->max_ns)
		histogram->max_ns = ns;
}

/* The lower bound of the class that holds the value below which `share` of all lie; 0 when empty.
 */
static inline uint64_t histogram_at(const struct histogram *histogram, double share)
{
	const uint64_t wanted = (uint64_t)((double)histogram->total * share);
	uint64_t seen = 0;
	for (unsigned i = 0; i < sizeof(histogram->classes) / sizeof(histogram->classes[0]); i++) {
		seen += histogram->classes[i];
		if (seen > wanted)
			return histogram_value(i);
	}
	return histogram->max_ns;
}

#endif
