// Plays a list of jobs through the official JavaScript SDKs and prints what came back.
//
//     echo '{"url": …, "key": …, "jobs": [{"dialect", "model", "stream", "tools", "text"}]}' | node ask.mjs
//
// One line of JSON a job: {text, calls, stop, usage} or {error: {name, status}}.
import OpenAI from "openai";
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";

const parameters = {
	type: "object",
	properties: { city: { type: "string" }, unit: { type: "string" } },
	required: ["city"],
};
const NAMES = ["get_weather", "get_time"];

function chat(url, key) {
	const client = new OpenAI({ baseURL: url + "/v1", apiKey: key, maxRetries: 0 });
	return async (job) => {
		const request = { model: job.model, messages: [{ role: "user", content: job.text }] };
		if (job.tools)
			request.tools = NAMES.map((name) => ({ type: "function", function: { name, parameters } }));
		const answer = job.stream
			? await client.chat.completions
					.stream({ ...request, stream_options: { include_usage: true } })
					.finalChatCompletion()
			: await client.chat.completions.create(request);
		const { message, finish_reason } = answer.choices[0];
		return {
			text: message.content ?? "",
			calls: (message.tool_calls ?? []).map((c) => [c.function.name, JSON.parse(c.function.arguments)]),
			stop: { stop: "end", tool_calls: "tool" }[finish_reason],
			usage: [answer.usage.prompt_tokens, answer.usage.completion_tokens],
		};
	};
}

function responses(url, key) {
	const client = new OpenAI({ baseURL: url + "/v1", apiKey: key, maxRetries: 0 });
	return async (job) => {
		const request = { model: job.model, input: job.text, store: false };
		if (job.tools)
			request.tools = NAMES.map((name) => ({ type: "function", name, parameters, strict: false }));
		const answer = job.stream
			? await client.responses.stream(request).finalResponse()
			: await client.responses.create(request);
		const calls = answer.output.filter((one) => one.type === "function_call");
		return {
			text: answer.output_text,
			calls: calls.map((c) => [c.name, JSON.parse(c.arguments)]),
			stop: calls.length ? "tool" : "end",
			usage: [answer.usage.input_tokens, answer.usage.output_tokens],
		};
	};
}

function claude(url, key) {
	const client = new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0 });
	return async (job) => {
		const request = { model: job.model, max_tokens: 1000, messages: [{ role: "user", content: job.text }] };
		if (job.tools) request.tools = NAMES.map((name) => ({ name, input_schema: parameters }));
		const answer = job.stream
			? await client.messages.stream(request).finalMessage()
			: await client.messages.create(request);
		return {
			text: answer.content.filter((b) => b.type === "text").map((b) => b.text).join(""),
			calls: answer.content.filter((b) => b.type === "tool_use").map((b) => [b.name, b.input]),
			stop: { end_turn: "end", tool_use: "tool" }[answer.stop_reason],
			usage: [answer.usage.input_tokens, answer.usage.output_tokens],
		};
	};
}

function gemini(url, key) {
	const client = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url } });
	return async (job) => {
		const request = { model: job.model, contents: job.text, config: {} };
		if (job.tools)
			request.config.tools = [
				{ functionDeclarations: NAMES.map((name) => ({ name, parametersJsonSchema: parameters })) },
			];
		const chunks = [];
		if (job.stream)
			for await (const chunk of await client.models.generateContentStream(request)) chunks.push(chunk);
		else chunks.push(await client.models.generateContent(request));
		const parts = chunks.flatMap((c) => c.candidates?.[0]?.content?.parts ?? []);
		const calls = parts.filter((p) => p.functionCall).map((p) => [p.functionCall.name, p.functionCall.args ?? {}]);
		const finish = chunks.map((c) => c.candidates?.[0]?.finishReason).filter(Boolean).at(-1);
		const usage = chunks.map((c) => c.usageMetadata).filter(Boolean).at(-1);
		return {
			text: parts.filter((p) => p.text && !p.thought).map((p) => p.text).join(""),
			calls,
			stop: finish === "STOP" ? (calls.length ? "tool" : "end") : finish,
			usage: [usage.promptTokenCount, usage.totalTokenCount - usage.promptTokenCount],
		};
	};
}

let input = "";
for await (const piece of process.stdin) input += piece;
const { url, key, jobs } = JSON.parse(input);
const dialects = { chat: chat(url, key), responses: responses(url, key), claude: claude(url, key), gemini: gemini(url, key) };
for (const job of jobs) {
	try {
		console.log(JSON.stringify(await dialects[job.dialect](job)));
	} catch (error) {
		console.log(JSON.stringify({ error: { name: error.constructor.name, status: error.status, text: String(error) } }));
	}
}
