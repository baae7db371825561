package io.github.loopthread.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

import tools.jackson.databind.json.JsonMapper;

/**
 * The process that has started this one: is told things in lines of standard output, says
 * in lines of standard input what it wants, and that it wants no more by closing it,
 * which its death does too.
 */
final class Parent {

	static final String MARK = "::";

	private static final BufferedReader wishes = new BufferedReader(
			new InputStreamReader(System.in, StandardCharsets.UTF_8));

	private Parent() {
	}

	static void tell(Object message) {
		System.out.println(MARK + JsonMapper.shared().writeValueAsString(message));
	}

	/** Wait for what it wants next; empty when it wants no more. */
	static <T> Optional<T> await(Class<T> type) throws IOException {
		return Optional.ofNullable(wishes.readLine()).map((line) -> JsonMapper.shared().readValue(line, type));
	}

	static void awaitGone() throws IOException {
		wishes.transferTo(Writer.nullWriter());
	}

}
