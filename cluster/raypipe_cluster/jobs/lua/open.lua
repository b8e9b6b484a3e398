-- ARGV: now, our schema. Returns the store's schema; a new store takes ours.
redis.call('SETNX', key('schema'), ARGV[2])
return redis.call('GET', key('schema'))
