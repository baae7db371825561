package io.github.loopthread.sample;

import java.util.concurrent.CancellationException;

import org.jspecify.annotations.Nullable;

import org.springframework.core.task.TaskRejectedException;
import org.springframework.dao.DataAccessException;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.client.RestClientResponseException;
import org.springframework.web.reactive.function.client.WebClientRequestException;
import org.springframework.web.reactive.function.client.WebClientResponseException;

import io.github.loopthread.LoopTimeoutException;

/**
 * Why a service gave nothing, in words for whoever reads the page. Messages of exceptions
 * are not: they may hold what is nobody else's business.
 */
final class Reason {

	private Reason() {
	}

	static String of(@Nullable Throwable failure) {
		if (failure == null) {
			return "empty, answered with nothing";
		}
		if (failure instanceof LoopTimeoutException timeout) {
			return "too slow, not there within %dms".formatted(timeout.getTimeout().toMillis());
		}
		if (failure instanceof TaskRejectedException) {
			return "refused, the shop is too busy, or closing";
		}
		if (failure instanceof CancellationException) {
			return "cancelled, the shop is closing";
		}
		if (failure instanceof WebClientResponseException response && response.getStatusCode().isError()) {
			return "broken, answered with status %d".formatted(response.getStatusCode().value());
		}
		if (failure instanceof RestClientResponseException response) {
			return "broken, answered with status %d".formatted(response.getStatusCode().value());
		}
		if (failure instanceof WebClientRequestException || failure instanceof ResourceAccessException
				|| failure instanceof DataAccessException) {
			return "down, could not be reached, or did not answer in time";
		}
		return "broken, its answer cannot be read";
	}

	/**
	 * Return the message of an exception of LoopThread, which is for those who run the
	 * shop. The sample's start page is for them too.
	 */
	static @Nullable String messageOf(@Nullable Throwable failure) {
		boolean ours = failure instanceof LoopTimeoutException || failure instanceof TaskRejectedException
				|| failure instanceof CancellationException;
		return ours ? failure.getMessage() : null;
	}

}
