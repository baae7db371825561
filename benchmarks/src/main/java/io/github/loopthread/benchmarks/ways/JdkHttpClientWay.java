package io.github.loopthread.benchmarks.ways;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.springframework.context.ApplicationContext;
import tools.jackson.databind.json.JsonMapper;

import io.github.loopthread.benchmarks.Item;
import io.github.loopthread.benchmarks.Target;

/**
 * The JDK's client and {@code allOf}. It has no limit of connections.
 */
class JdkHttpClientWay implements Way {

	private final HttpClient client;

	private final JsonMapper json;

	private final Target target;

	JdkHttpClientWay(ApplicationContext context, Target target) {
		HttpClient.Builder builder = HttpClient.newBuilder()
			// Otherwise it asks for HTTP/2 with the first request of each connection
			.version(HttpClient.Version.HTTP_1_1)
			.connectTimeout(Duration.ofSeconds(5));
		if (target.tls()) {
			builder.sslContext(Trust.sslContext(context));
		}
		this.client = builder.build();
		this.json = context.getBean(JsonMapper.class);
		this.target = target;
	}

	@Override
	public List<?> fetch(int calls) throws Exception {
		List<CompletableFuture<Item>> futures = new ArrayList<>(calls);
		for (int call = 0; call < calls; call++) {
			HttpRequest request = HttpRequest.newBuilder(this.target.uri(call)).build();
			futures
				.add(this.client.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray()).thenApply(this::decode));
		}
		CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new)).get(30, TimeUnit.SECONDS);
		return futures.stream().map(CompletableFuture::join).toList();
	}

	private Item decode(HttpResponse<byte[]> response) {
		if (response.statusCode() != 200) {
			throw new IllegalStateException("Status " + response.statusCode());
		}
		return this.json.readValue(response.body(), Item.class);
	}

}
