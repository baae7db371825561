package io.github.loopthread.faults;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.UndeclaredThrowableException;
import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;

import org.springframework.core.codec.DecodingException;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.web.reactive.function.client.WebClientRequestException;
import org.springframework.web.reactive.function.client.WebClientResponseException;

import io.github.loopthread.LoopTimeoutException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How a call has ended for its caller.
 *
 * @param kind what kind of ending it was
 * @param value the value, if there was one
 * @param failure the exception, if there was one
 */
record Ending(Kind kind, @Nullable Object value, @Nullable Throwable failure) {

	static Ending of(Callable<?> call) {
		Ending ending;
		try {
			ending = new Ending(Kind.VALUE, call.call(), null);
		}
		catch (Throwable ex) {
			ending = new Ending(Kind.of(ex), null, ex);
		}
		ending.assertHasNoSecret();
		return ending;
	}

	/**
	 * Check that no message, of the exception or of those that belong to it, quotes what
	 * only the server should have read.
	 */
	private void assertHasNoSecret() {
		if (this.failure != null) {
			StringWriter trace = new StringWriter();
			this.failure.printStackTrace(new PrintWriter(trace));
			assertThat(trace.toString()).doesNotContain(DefaultClient.SECRET);
		}
	}

	/**
	 * The kinds of endings, by the exception.
	 */
	enum Kind {

		VALUE,

		/**
		 * There was no connection, or it ended before there was the head of a response.
		 */
		NO_RESPONSE,

		/**
		 * The body of the response broke off or was malformed.
		 */
		BROKEN_BODY,

		/**
		 * The body was larger than may be kept in memory.
		 */
		TOO_LARGE,

		/**
		 * The body has come and could not be decoded.
		 */
		UNREADABLE,

		/**
		 * The response said that there was an error.
		 */
		ERROR_STATUS,

		TIMED_OUT,

		/**
		 * An argument was illegal: one of the caller's, or a status that is none.
		 */
		ILLEGAL,

		OTHER;

		private static Kind of(Throwable ex) {
			if (ex instanceof LoopTimeoutException) {
				return TIMED_OUT;
			}
			if (ex instanceof WebClientRequestException) {
				return NO_RESPONSE;
			}
			if (ex instanceof WebClientResponseException) {
				return (ex.getCause() != null) ? ofBody(ex.getCause(), BROKEN_BODY) : ERROR_STATUS;
			}
			if (ex instanceof IllegalArgumentException) {
				return ILLEGAL;
			}
			// A checked one is wrapped by the template
			Throwable thrown = (ex instanceof UndeclaredThrowableException) ? ex.getCause() : ex;
			return ofBody(thrown, (thrown instanceof IOException) ? BROKEN_BODY : OTHER);
		}

		private static Kind ofBody(Throwable ex, Kind otherwise) {
			if (ex instanceof DataBufferLimitException) {
				return TOO_LARGE;
			}
			return (ex instanceof DecodingException) ? UNREADABLE : otherwise;
		}

	}

}
