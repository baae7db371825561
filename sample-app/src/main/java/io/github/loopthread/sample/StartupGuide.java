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

	@EventListener
	void say(ApplicationReadyEvent event) {
		if (event.getApplicationContext() instanceof WebServerApplicationContext context) {
			logger.info("""
					The shop is open. Try

					  http://localhost:%1$d/                        these links, as a page
					  http://localhost:%1$d/products/7              five services and Redis called at once, on the loop
					  http://localhost:%1$d/products/7/sequential   the same services, one after the other
					  http://localhost:%1$d/burst                   200 requests at once
					  http://localhost:%1$d/source                  the source text of a web page, cached in Redis
					  http://localhost:%1$d/quotes/1                the example of the README

					Make a service slow or broken, and load the page again:

					  curl -X PUT http://localhost:%1$d/upstreams/reviews/slow      (or broken, or normal)
					""".formatted(context.getWebServer().getPort()));
		}
	}

}
