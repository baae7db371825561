package io.github.loopthread.examples;

import java.io.IOException;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpRequest;
import org.springframework.http.client.ClientHttpRequestExecution;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.ExchangeFunction;

/**
 * What many applications have around their calls, for both of Spring's clients: sends who
 * the caller is, and looks again when the response is there. Counts the calls that have
 * not ended.
 */
final class CallerFilter implements ExchangeFilterFunction, ClientHttpRequestInterceptor {

	private final AtomicInteger inProgress = new AtomicInteger();

	private final AtomicInteger responses = new AtomicInteger();

	private final Queue<String> usersBehindResponse = new ConcurrentLinkedQueue<>();

	@Override
	public Mono<ClientResponse> filter(ClientRequest request, ExchangeFunction next) {
		ClientRequest.Builder builder = ClientRequest.from(request);
		String user = user();
		if (user != null) {
			builder.header("X-User", user);
		}
		return next.exchange(builder.build())
			.doOnNext((response) -> behindResponse())
			.doOnSubscribe((subscription) -> this.inProgress.incrementAndGet())
			.doFinally((signal) -> this.inProgress.decrementAndGet());
	}

	@Override
	public ClientHttpResponse intercept(HttpRequest request, byte[] body, ClientHttpRequestExecution execution)
			throws IOException {
		String user = user();
		if (user != null) {
			request.getHeaders().add("X-User", user);
		}
		this.inProgress.incrementAndGet();
		try {
			ClientHttpResponse response = execution.execute(request, body);
			behindResponse();
			return response;
		}
		finally {
			this.inProgress.decrementAndGet();
		}
	}

	int inProgress() {
		return this.inProgress.get();
	}

	/**
	 * Return how many responses there were.
	 */
	int responses() {
		return this.responses.get();
	}

	List<String> usersBehindResponse() {
		return List.copyOf(this.usersBehindResponse);
	}

	/**
	 * Forget the responses.
	 */
	void forget() {
		this.responses.set(0);
		this.usersBehindResponse.clear();
	}

	private void behindResponse() {
		String user = user();
		if (user != null) {
			this.usersBehindResponse.add(user);
		}
		this.responses.incrementAndGet();
	}

	private static @Nullable String user() {
		return MDC.get("user");
	}

}
