package io.github.loopthread.benchmarks;

import java.io.IOException;
import java.io.OutputStream;

import tools.jackson.databind.json.JsonMapper;

/**
 * The process that has started this one: is told things in lines of standard output, and
 * says that it wants no more by closing standard input, which its death does too.
 */
final class Parent {

	static final String MARK = "::";

	private Parent() {
	}

	static void tell(Object message) {
		System.out.println(MARK + JsonMapper.shared().writeValueAsString(message));
	}

	static void awaitGone() throws IOException {
		System.in.transferTo(OutputStream.nullOutputStream());
	}

}
