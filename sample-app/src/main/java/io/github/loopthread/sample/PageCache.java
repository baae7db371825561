package io.github.loopthread.sample;

import java.net.URI;

import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.CachingConfigurer;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.interceptor.CacheErrorHandler;
import org.springframework.cache.interceptor.LoggingCacheErrorHandler;
import org.springframework.context.annotation.Configuration;
import org.springframework.stereotype.Component;

/**
 * The source texts of web pages, kept in Redis for a while.
 */
@Component
class PageCache {

	private final PageClient pages;

	PageCache(PageClient pages) {
		this.pages = pages;
	}

	@Cacheable(cacheNames = "sources", key = "#url.toString()")
	public String source(URI url) {
		return this.pages.source(url);
	}

	/**
	 * Goes on without a cache when Redis cannot be reached.
	 */
	@EnableCaching
	@Configuration(proxyBeanMethods = false)
	static class CacheConfiguration implements CachingConfigurer {

		@Override
		public CacheErrorHandler errorHandler() {
			return new LoggingCacheErrorHandler();
		}

	}

}
