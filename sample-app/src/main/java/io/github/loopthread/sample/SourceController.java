package io.github.loopthread.sample;

import java.net.URI;

import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopTemplate;

/**
 * The source text of a web page. Its URL is configured, never taken from the request:
 * otherwise anyone could make this server call whatever it can reach.
 */
@RestController
class SourceController {

	private final LoopTemplate loop;

	private final WebClient client;

	private final URI url;

	SourceController(LoopTemplate loop, WebClient client, SampleProperties properties) {
		this.loop = loop.withName("source");
		this.client = client;
		this.url = properties.sourceUrl();
	}

	@GetMapping(path = "/source", produces = MediaType.TEXT_PLAIN_VALUE)
	String source() {
		return this.loop.execute(this.client.get().uri(this.url).retrieve().bodyToMono(String.class));
	}

}
