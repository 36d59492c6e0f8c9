// Plays jobs through the official JavaScript SDKs and prints what came back, a line of JSON each.
//
//     echo '{"url": …, "key": …, "dialect": …, "model": …, "text": …}' | node ask.mjs
//
// A job may have more: stream, tools, image (base64), thinking, schema, stop, n, maxTokens. With results the calls
// of the first answer are answered by them and the second answer is told; count asks for a number of tokens.
// What comes back: {text, thinking, calls, stop, usage: [input, cached, output, reasoning], …} or
// {error: {name, status, text}}.
import { createInterface } from "node:readline";
import OpenAI from "openai";
import { zodResponseFormat, zodTextFormat } from "openai/helpers/zod";
import Anthropic from "@anthropic-ai/sdk";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import { GoogleGenAI } from "@google/genai";
import { z } from "zod";

const Person = z.object({ name: z.string(), age: z.number().int() });
const parameters = {
	type: "object",
	properties: { city: { type: "string" }, unit: { type: "string" } },
	required: ["city"],
};
const NAMES = ["get_weather", "get_time"];
const PNG = "image/png";

function joined(list, of) {
	return list.map(of).join("");
}

class Chat {
	constructor(url, key) {
		this.client = new OpenAI({ baseURL: url + "/v1", apiKey: key, maxRetries: 0 });
	}
	first(job) {
		const content = job.image
			? [
					{ type: "text", text: job.text },
					{ type: "image_url", image_url: { url: `data:${PNG};base64,${job.image}` } },
				]
			: job.text;
		return [{ role: "user", content }];
	}
	async ask(job, messages) {
		const request = { model: job.model, messages };
		if (job.tools)
			request.tools = NAMES.map((name) => ({ type: "function", function: { name, parameters } }));
		if (job.thinking) request.reasoning_effort = "high";
		if (job.schema) request.response_format = zodResponseFormat(Person, "person");
		if (job.stop) request.stop = job.stop;
		if (job.n) request.n = job.n;
		if (job.maxTokens) request.max_completion_tokens = job.maxTokens;
		if (!job.stream) return this.client.chat.completions[job.schema ? "parse" : "create"](request);
		return this.client.chat.completions
			.stream({ ...request, stream_options: { include_usage: true } })
			.finalChatCompletion();
	}
	told(answer) {
		const { message, finish_reason } = answer.choices[0];
		const { prompt_tokens, completion_tokens, prompt_tokens_details, completion_tokens_details } = answer.usage;
		const stops = { stop: "end", tool_calls: "tool", length: "length", content_filter: "refusal" };
		return {
			text: (message.content ?? "") + (message.refusal ?? ""),
			texts: answer.choices.map((choice) => choice.message.content),
			thinking: message.reasoning_content ?? "",
			calls: (message.tool_calls ?? []).map((c) => [c.function.name, JSON.parse(c.function.arguments)]),
			stop: message.refusal ? "refusal" : stops[finish_reason],
			usage: [
				prompt_tokens, prompt_tokens_details?.cached_tokens ?? 0, completion_tokens,
				completion_tokens_details?.reasoning_tokens ?? 0,
			],
			parsed: message.parsed,
		};
	}
	next(messages, answer, results) {
		// What the SDK or a compatible server adds is not for the wire of all.
		const { role, content, tool_calls } = answer.choices[0].message;
		const calls = tool_calls.map(({ id, type, function: { name, arguments: args } }) => ({
			id, type, function: { name, arguments: args },
		}));
		const said = calls.map((c, at) => ({ role: "tool", tool_call_id: c.id, content: results[at] }));
		return [...messages, { role, content, tool_calls: calls }, ...said];
	}
}

class Responses {
	constructor(url, key) {
		this.client = new OpenAI({ baseURL: url + "/v1", apiKey: key, maxRetries: 0 });
	}
	first(job) {
		const content = [{ type: "input_text", text: job.text }];
		if (job.image)
			content.push({ type: "input_image", detail: "auto", image_url: `data:${PNG};base64,${job.image}` });
		return [{ role: "user", content }];
	}
	async ask(job, input) {
		const request = { model: job.model, input, store: false };
		if (job.tools)
			request.tools = NAMES.map((name) => ({ type: "function", name, parameters, strict: false }));
		if (job.thinking) {
			request.reasoning = { effort: "high", summary: "auto" };
			request.include = ["reasoning.encrypted_content"];
		}
		if (job.schema) request.text = { format: zodTextFormat(Person, "person") };
		if (job.maxTokens) request.max_output_tokens = job.maxTokens;
		if (!job.stream) return this.client.responses[job.schema ? "parse" : "create"](request);
		const stream = this.client.responses.stream(request);
		let last; // finalResponse() refuses what was cut short or failed
		stream.on("event", (event) => (last = event));
		const final = await stream.finalResponse().catch((error) => {
			if (last?.type !== "response.incomplete" && last?.type !== "response.failed") throw error;
			return last.response;
		});
		if (last.type === "response.failed") throw new Failed(final);
		return final;
	}
	told(answer) {
		const of = (type) => answer.output.filter((one) => one.type === type);
		const calls = of("function_call");
		const parts = of("message").flatMap((one) => one.content);
		const refused = parts.some((part) => part.type === "refusal");
		const cut = { max_output_tokens: "length", content_filter: "refusal" }[answer.incomplete_details?.reason];
		const { input_tokens, input_tokens_details, output_tokens, output_tokens_details } = answer.usage;
		return {
			text: joined(parts, (part) => part.text ?? part.refusal),
			thinking: joined(of("reasoning"), (one) => joined(one.summary, (piece) => piece.text)),
			calls: calls.map((c) => [c.name, JSON.parse(c.arguments)]),
			stop: cut ?? (calls.length ? "tool" : refused ? "refusal" : "end"),
			usage: [
				input_tokens, input_tokens_details.cached_tokens, output_tokens,
				output_tokens_details.reasoning_tokens,
			],
			parsed: answer.output_parsed,
		};
	}
	next(input, answer, results) {
		const calls = answer.output.filter((one) => one.type === "function_call");
		const said = calls.map((c, at) => ({
			type: "function_call_output", call_id: c.call_id, output: results[at],
		}));
		const output = answer.output.map(({ parsed_arguments, ...item }) => item);
		return [...input, ...output, ...said];
	}
	async count(job) {
		return (await this.client.responses.inputTokens.count({ model: job.model, input: job.text })).input_tokens;
	}
}

// The SDK has no error of its own for a response that failed in mid-stream.
class Failed extends Error {
	constructor(response) {
		super(response.error.message);
	}
}

class Claude {
	constructor(url, key) {
		this.client = new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0 });
	}
	first(job) {
		const content = [{ type: "text", text: job.text }];
		if (job.image)
			content.push({ type: "image", source: { type: "base64", media_type: PNG, data: job.image } });
		return [{ role: "user", content }];
	}
	async ask(job, messages) {
		const request = { model: job.model, max_tokens: job.maxTokens ?? 4000, messages };
		if (job.tools) request.tools = NAMES.map((name) => ({ name, input_schema: parameters }));
		if (job.thinking) request.thinking = { type: "enabled", budget_tokens: 2000 };
		if (job.schema) request.output_config = { format: zodOutputFormat(Person) };
		if (job.stop) request.stop_sequences = job.stop;
		if (!job.stream) return this.client.messages[job.schema ? "parse" : "create"](request);
		return this.client.messages.stream(request).finalMessage();
	}
	told(answer) {
		const of = (type) => answer.content.filter((block) => block.type === type);
		const stops = {
			end_turn: "end", stop_sequence: "end", tool_use: "tool", max_tokens: "length", refusal: "refusal",
		};
		const { input_tokens, cache_read_input_tokens, cache_creation_input_tokens, output_tokens } = answer.usage;
		const cached = cache_read_input_tokens ?? 0;
		return {
			text: joined(of("text"), (block) => block.text),
			thinking: joined(of("thinking"), (block) => block.thinking),
			calls: of("tool_use").map((b) => [b.name, b.input]),
			stop: stops[answer.stop_reason],
			usage: [
				input_tokens + cached + (cache_creation_input_tokens ?? 0), cached, output_tokens,
				answer.usage.output_tokens_details?.thinking_tokens ?? 0,
			],
			parsed: answer.parsed_output,
		};
	}
	next(messages, answer, results) {
		const calls = answer.content.filter((block) => block.type === "tool_use");
		const content = calls.map((c, at) => ({ type: "tool_result", tool_use_id: c.id, content: results[at] }));
		return [...messages, { role: "assistant", content: answer.content }, { role: "user", content }];
	}
	async count(job) {
		const asked = { model: job.model, messages: this.first(job) };
		return (await this.client.messages.countTokens(asked)).input_tokens;
	}
}

class Gemini {
	constructor(url, key) {
		this.client = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url } });
	}
	first(job) {
		const parts = [{ text: job.text }];
		if (job.image) parts.push({ inlineData: { mimeType: PNG, data: job.image } });
		return [{ role: "user", parts }];
	}
	async ask(job, contents) {
		const config = {};
		if (job.tools)
			config.tools = [
				{ functionDeclarations: NAMES.map((name) => ({ name, parametersJsonSchema: parameters })) },
			];
		if (job.thinking) config.thinkingConfig = { thinkingBudget: 2000, includeThoughts: true };
		if (job.schema) {
			config.responseMimeType = "application/json";
			config.responseJsonSchema = z.toJSONSchema(Person);
		}
		if (job.stop) config.stopSequences = job.stop;
		if (job.n) config.candidateCount = job.n;
		if (job.maxTokens) config.maxOutputTokens = job.maxTokens;
		const request = { model: job.model, contents, config };
		if (!job.stream) return this.folded([await this.client.models.generateContent(request)]);
		const chunks = [];
		for await (const chunk of await this.client.models.generateContentStream(request)) chunks.push(chunk);
		return this.folded(chunks);
	}
	// This SDK leaves it to its user to put the chunks of a stream together.
	folded(chunks) {
		const candidates = [];
		let usage, finish;
		for (const chunk of chunks) {
			usage = chunk.usageMetadata ?? usage;
			for (const { index = 0, content, finishReason } of chunk.candidates ?? []) {
				(candidates[index] ??= []).push(...(content?.parts ?? []));
				finish = finishReason ?? finish;
			}
		}
		return { candidates, usage, finish };
	}
	told({ candidates, usage, finish }) {
		const said = (parts, thought) =>
			joined(parts.filter((p) => p.text && !!p.thought === thought), (p) => p.text);
		const calls = candidates[0].filter((p) => p.functionCall);
		const stops = { STOP: calls.length ? "tool" : "end", MAX_TOKENS: "length", SAFETY: "refusal" };
		const reasoning = usage.thoughtsTokenCount ?? 0;
		return {
			text: said(candidates[0], false),
			texts: candidates.map((parts) => said(parts, false)),
			thinking: said(candidates[0], true),
			calls: calls.map((p) => [p.functionCall.name, p.functionCall.args ?? {}]),
			stop: stops[finish],
			usage: [
				usage.promptTokenCount, usage.cachedContentTokenCount ?? 0,
				(usage.candidatesTokenCount ?? 0) + reasoning, reasoning,
			],
		};
	}
	next(contents, { candidates }, results) {
		const parts = candidates[0].filter((p) => p.text || p.functionCall || p.thoughtSignature);
		const calls = parts.filter((p) => p.functionCall).map((p) => p.functionCall);
		const said = calls.map(({ id, name }, at) => ({
			functionResponse: { id, name, response: { result: results[at] } },
		}));
		return [...contents, { role: "model", parts }, { role: "user", parts: said }];
	}
	async count(job) {
		return (await this.client.models.countTokens({ model: job.model, contents: job.text })).totalTokens;
	}
}

async function play(sdk, job) {
	if (job.count) return { count: await sdk.count(job) };
	const turns = sdk.first(job);
	const answer = await sdk.ask(job, turns);
	if (!job.results) return sdk.told(answer);
	return sdk.told(await sdk.ask(job, sdk.next(turns, answer, job.results)));
}

const SDKS = { chat: Chat, responses: Responses, claude: Claude, gemini: Gemini };
for await (const line of createInterface({ input: process.stdin })) {
	const { url, key, dialect, ...job } = JSON.parse(line);
	try {
		console.log(JSON.stringify(await play(new SDKS[dialect](url, key), job)));
	} catch (error) {
		const { name } = error.constructor;
		console.log(JSON.stringify({ error: { name, status: error.status, text: String(error) } }));
	}
}
