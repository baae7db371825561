package io.github.loopthread.sample;

import java.net.URI;

import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * The source text of a web page. Its URL is configured, never taken from the request:
 * otherwise anyone could make this server call whatever it can reach.
 */
@RestController
class SourceController {

	private final PageCache pages;

	private final URI url;

	SourceController(PageCache pages, SampleProperties properties) {
		this.pages = pages;
		this.url = properties.sourceUrl();
	}

	@GetMapping(path = "/source", produces = MediaType.TEXT_PLAIN_VALUE)
	String source() {
		return this.pages.source(this.url);
	}

}
