/* Looks things up in a tree. */
#include <aiproxy/json.h>

/* The first byte tells most names apart, before anything is measured. */
static bool is_named(struct aip_str name, const char *key)
{
	if (name.len == 0)
		return !*key;
	return name.at[0] == *key && aip_str_is(name, key);
}

const struct aip_json *aip_json_get(const struct aip_json *object, const char *key)
{
	const struct aip_json *found = NULL;

	if (!aip_json_is(object, AIP_JSON_OBJECT))
		return NULL;
	AIP_JSON_EACH (member, object) {
		if (is_named(member->key, key))
			found = member;
	}
	return found;
}

const struct aip_json *aip_json_some(const struct aip_json *object, const char *key)
{
	const struct aip_json *member = aip_json_get(object, key);

	return aip_json_is(member, AIP_JSON_NULL) ? NULL : member;
}

struct aip_str aip_json_text(const struct aip_json *object, const char *key)
{
	const struct aip_json *member = aip_json_get(object, key);

	return aip_json_is(member, AIP_JSON_STRING) ? member->text : AIP_NONE;
}

/* The power of ten that a lexeme's exponent at `e` says, kept within what could matter. */
static int64_t exponent(struct aip_str lexeme, size_t e)
{
	int64_t power;

	if (e == lexeme.len)
		return 0;
	if (aip_str_int(aip_strn(lexeme.at + e + 1, lexeme.len - e - 1), &power) &&
	    power > INT32_MIN && power < INT32_MAX)
		return power;
	return lexeme.at[e + 1] == '-' ? INT32_MIN : INT32_MAX;
}

/* Where the parts of a lexeme stand. */
struct lexeme {
	size_t mantissa_end;
	size_t point; /* of the mantissa; its end when it has none */
	size_t last;  /* the last digit that counts; SIZE_MAX: they are all zero */
};

static struct lexeme lexeme_parts(struct aip_str text)
{
	struct lexeme parts = {.last = SIZE_MAX};

	while (parts.mantissa_end < text.len && (text.at[parts.mantissa_end] | 0x20) != 'e')
		parts.mantissa_end++;
	const char *dot = memchr(text.at, '.', parts.mantissa_end);
	parts.point = dot ? (size_t)(dot - text.at) : parts.mantissa_end;
	for (size_t i = 0; i < parts.mantissa_end; i++)
		if (text.at[i] >= '1' && text.at[i] <= '9')
			parts.last = i;
	return parts;
}

/* The digits up to the last that counts, times ten to the power. Gathered as a negative number, since
 * that side is the longer one. */
static bool exact_sum(struct aip_str text, const struct lexeme *parts, int64_t power, int64_t *ret)
{
	const bool minus = text.at[0] == '-';
	int64_t sum = 0;

	for (size_t i = minus; i <= parts->last; i++)
		if (i != parts->point && (__builtin_mul_overflow(sum, 10, &sum) ||
		                          __builtin_sub_overflow(sum, text.at[i] - '0', &sum)))
			return false;
	for (; power > 0; power--)
		if (__builtin_mul_overflow(sum, 10, &sum))
			return false;
	if (!minus && sum == INT64_MIN)
		return false;
	*ret = minus ? sum : -sum;
	return true;
}

/* Value of a number's lexeme when it is an integer, however spelled, and fits. */
static bool exact_int(struct aip_str text, int64_t *ret)
{
	if (aip_str_int(text, ret))
		return true;
	const struct lexeme parts = lexeme_parts(text);
	if (parts.last == SIZE_MAX) {
		*ret = 0;
		return true;
	}
	/* Places between the last digit that counts and the point. */
	int64_t power = exponent(text, parts.mantissa_end);
	power += parts.last < parts.point ? (int64_t)(parts.point - parts.last) - 1
	                                  : -(int64_t)(parts.last - parts.point);
	return power >= 0 && exact_sum(text, &parts, power, ret);
}

int64_t aip_json_int(const struct aip_json *object, const char *key, int64_t otherwise)
{
	const struct aip_json *member = aip_json_get(object, key);
	int64_t number;

	if (aip_json_is(member, AIP_JSON_NUMBER) && exact_int(member->text, &number))
		return number;
	return otherwise;
}
