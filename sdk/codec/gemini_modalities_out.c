/* Gemini requests, written: the media that an answer is made of, and the voice that speaks it. */
#include "gemini.h"

/* A voice by the name that the API has for it; AIP_NONE: it has no such voice. */
static struct aip_str voice_named(struct aip_str name)
{
	/* The prebuilt voices of speech generation, seen 2026-11. */
	static const char *const voices[] = {
		"Zephyr",    "Puck",     "Charon",       "Kore",      "Fenrir",     "Leda",
		"Orus",      "Aoede",    "Callirrhoe",   "Autonoe",   "Enceladus",  "Iapetus",
		"Umbriel",   "Algieba",  "Despina",      "Erinome",   "Algenib",    "Rasalgethi",
		"Laomedeia", "Achernar", "Alnilam",      "Schedar",   "Gacrux",     "Pulcherrima",
		"Achird",    "Sulafat",  "Vindemiatrix", "Sadachbia", "Sadaltager", "Zubenelgenubi",
	};

	for (size_t i = 0; i < sizeof(voices) / sizeof(*voices); i++)
		if (aip_str_eq_nocase(name, aip_str(voices[i])))
			return aip_str(voices[i]);
	return AIP_NONE;
}

static void put_voice(struct gemini_writer *w, struct aip_str voice)
{
	struct aip_json_out *out = &w->out;

	aip_json_key(out, "speechConfig");
	aip_json_open(out, '{');
	aip_json_key(out, "voiceConfig");
	aip_json_open(out, '{');
	aip_json_key(out, "prebuiltVoiceConfig");
	aip_json_open(out, '{');
	aip_json_str(out, "voiceName", voice);
	aip_json_close(out, '}');
	aip_json_close(out, '}');
	aip_json_close(out, '}');
}

/* The API speaks raw samples of 16 bits and no other format, which Chat calls pcm16. */
static void put_speech(struct gemini_writer *w)
{
	struct aip_str audio = w->request->output.audio;
	struct aip_json *doc = NULL;
	struct aip_error ignored;

	if (!audio.at || aip_json_parse(w->ctx->arena, audio, &doc, &ignored))
		return;
	struct aip_str voice = voice_named(aip_json_text(doc, "voice"));
	if (voice.at)
		put_voice(w, voice);
	else if (aip_json_some(doc, "voice"))
		gemini_drop(w, "audio.voice");
	if (aip_json_some(doc, "format") && !aip_str_is(aip_json_text(doc, "format"), "pcm16"))
		gemini_drop(w, "audio.format");
}

static bool asks_for(const struct gemini_writer *w, const char *word)
{
	return aip_str_find(w->request->output.modalities, aip_str(word)) >= 0;
}

/* As a client of the dialect said it. */
static void put_own(struct gemini_writer *w)
{
	const struct aip_output *output = &w->request->output;

	aip_json_raw_some(&w->out, "responseModalities", output->modalities);
	aip_json_raw_some(&w->out, "speechConfig", output->speech);
	aip_json_raw_some(&w->out, "imageConfig", output->image);
}

/* Models speak or write, never both: a spoken answer is sound alone. */
void gemini_put_modalities(struct gemini_writer *w)
{
	const bool by_tool = gemini_wants_images(w);
	const bool draws = by_tool || asks_for(w, "\"image\"");
	const bool writes = by_tool || asks_for(w, "\"text\"");
	const bool speaks = asks_for(w, "\"audio\"");
	const char *words = draws && writes ? "[\"TEXT\",\"IMAGE\"]"
	                    : draws         ? "[\"IMAGE\"]"
	                    : speaks        ? "[\"AUDIO\"]"
	                                    : NULL; /* text is what is answered without asking */

	if (w->same) {
		put_own(w);
		return;
	}
	if (words)
		aip_json_raw_some(&w->out, "responseModalities", aip_str(words));
	if (speaks && !draws) {
		put_speech(w);
		return;
	}
	if (speaks)
		gemini_drop(w, "modalities");
	if (w->request->output.audio.at)
		gemini_drop(w, "audio");
}
