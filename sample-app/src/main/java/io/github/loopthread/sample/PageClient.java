package io.github.loopthread.sample;

import java.net.URI;

import org.springframework.web.service.annotation.GetExchange;

/**
 * Web pages, fetched on the loop while the caller waits.
 */
interface PageClient {

	@GetExchange
	String source(URI url);

}
