package io.github.loopthread.sample;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Says what to try when the sample has started.
 */
@Component
class StartupGuide {

	private static final Log logger = LogFactory.getLog(StartupGuide.class);

	private final SampleProperties properties;

	StartupGuide(SampleProperties properties) {
		this.properties = properties;
	}

	@EventListener
	void say(ApplicationReadyEvent event) {
		if (event.getApplicationContext() instanceof WebServerApplicationContext context) {
			logger
				.info("""
						The shop is open. Try

						  http://localhost:%1$d/                        both pages, call by call, and switches to trouble them
						  http://localhost:%1$d/products/7              five services and Redis called at once, on the loop
						  http://localhost:%1$d/products/7/sequential   the same services, one after the other
						  http://localhost:%1$d/burst                   200 requests at once
						  http://localhost:%1$d/source                  the source text of a web page, cached in Redis
						  http://localhost:%1$d/quotes/1                the example of the README

						Make services slow, broken, truncated, down, or normal again, and load both product pages.
						The first comes within %2$dms and says what is missing and why; the second waits.

						  curl -X PUT http://localhost:%1$d/upstreams/recommendations/slow
						  curl -X PUT http://localhost:%1$d/upstreams/reviews/broken
						"""
					.formatted(context.getWebServer().getPort(), this.properties.pageTimeout().toMillis()));
		}
	}

}
