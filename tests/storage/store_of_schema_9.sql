BEGIN TRANSACTION;
CREATE TABLE cells (
                sweep TEXT NOT NULL REFERENCES sweeps (id) ON DELETE CASCADE,
                place INTEGER NOT NULL,         -- row by row from the top left
                run TEXT NOT NULL,              -- may be gone: a deleted run leaves an empty cell
                PRIMARY KEY (sweep, place)
            );
INSERT INTO "cells" VALUES('vxqgi6vrfwnw7f2baq4sccaogv',0,'brlt5bvvjr6pqgvfbdu43ndmtv');
INSERT INTO "cells" VALUES('vxqgi6vrfwnw7f2baq4sccaogv',1,'gu5gudb545ntgcusmpli4y4ddq');
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO "meta" VALUES('secret','52487b7328fea42b11bf9183a61b34e16fba71c9179dd8fc2ecf45baec21aa67');
CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT, applied REAL);
INSERT INTO "migrations" VALUES(1,'runs, their steps and the painter process',1.7957272123899447918e+09);
INSERT INTO "migrations" VALUES(2,'the gallery: stars, deletion with undo, disk use',1.79572721239031434055e+09);
INSERT INTO "migrations" VALUES(3,'people''s own pictures',1795727212.39041);
INSERT INTO "migrations" VALUES(4,'sweeps, their place in the queue, memory of a run',1.79572721239065670973e+09);
INSERT INTO "migrations" VALUES(5,'what the lesson pages asked to be computed',1.79572721239076328277e+09);
INSERT INTO "migrations" VALUES(6,'rankings of pictures by a prompt',1.79572721239085435866e+09);
INSERT INTO "migrations" VALUES(7,'people take turns',1.79572721239099621776e+09);
INSERT INTO "migrations" VALUES(8,'which code measured a run',1.79572721239111828808e+09);
INSERT INTO "migrations" VALUES(9,'one table for every kind of side job',1.79572721239142799381e+09);
CREATE TABLE painter (
                id INTEGER PRIMARY KEY CHECK (id = 1), -- one painter process per store
                worker TEXT NOT NULL,
                pid INTEGER NOT NULL,
                state TEXT NOT NULL,
                message TEXT NOT NULL,
                run TEXT NOT NULL,
                ticks INTEGER NOT NULL,
                beat REAL NOT NULL
            );
CREATE TABLE runs (
                id TEXT PRIMARY KEY,
                status TEXT NOT NULL CHECK (status IN
                    ('queued', 'running', 'done', 'stopped', 'failed', 'interrupted')),
                reason TEXT NOT NULL DEFAULT '',
                request TEXT NOT NULL,          -- RunRequest.canonical()
                pack_hash TEXT NOT NULL,
                code_revision TEXT NOT NULL,
                owner TEXT NOT NULL DEFAULT '', -- sha256 of the secret that may cancel
                created REAL NOT NULL,          -- seconds since the epoch
                started REAL,
                finished REAL,
                ticket INTEGER NOT NULL,        -- place in the queue
                attempt INTEGER NOT NULL DEFAULT 1,
                interruptions INTEGER NOT NULL DEFAULT 0,
                cancel INTEGER NOT NULL DEFAULT 0,
                worker TEXT NOT NULL DEFAULT '',
                folder TEXT NOT NULL DEFAULT '' -- an imported run's folder; its frames stay there
            , starred INTEGER NOT NULL DEFAULT 0, deleted_at REAL, bytes INTEGER NOT NULL DEFAULT 0, weighed REAL NOT NULL DEFAULT 0, priority INTEGER NOT NULL DEFAULT 0, peak INTEGER NOT NULL DEFAULT 0, turn INTEGER NOT NULL DEFAULT 0, measuring_revision TEXT NOT NULL DEFAULT '');
INSERT INTO "runs" VALUES('yoq7kfhdpga2hhfp4xbi4kxyiz','done','','{"pack":"miniature","prompt":"a red fox","seed":0,"settings":{"pixels":{"canvas":"raw","cutouts":1,"init_noise":0.01,"learning_rate":0.05,"steps":2},"vqgan":{"cutouts":8,"learning_rate":0.1,"steps":2}}}','hash','00000000older000','3fd30542fe3f61b14bd4a4b2dc0b6fb30fa6f63ebce52dd1778aaa8c4dc02cff',1.79572721239311885836e+09,1.79572721240146398547e+09,1.79572721242916035649e+09,1,1,0,0,'w','',1,NULL,4935,1.79572721242916035649e+09,0,0,1,'000000measuring0');
INSERT INTO "runs" VALUES('mx36id7e5ohmvosfy7si3ctqkq','stopped','Stopped at step 1.','{"pack":"miniature","prompt":"a red fox","seed":1,"settings":{"pixels":{"canvas":"raw","cutouts":1,"init_noise":0.01,"learning_rate":0.05,"steps":2}}}','hash','00000000older000','3fd30542fe3f61b14bd4a4b2dc0b6fb30fa6f63ebce52dd1778aaa8c4dc02cff',1.79572721243778491012e+09,1.79572721244110202788e+09,1.7957272124593575001e+09,3,2,0,0,'w','',0,NULL,2037,1.7957272124593575001e+09,0,0,3,'000000measuring0');
INSERT INTO "runs" VALUES('5xmzmflhs4bpv3iswpadcd2rrw','done','','{"pack":"miniature","prompt":"a red fox","seed":2,"settings":{"pixels":{"canvas":"raw","cutouts":1,"init_noise":0.01,"learning_rate":0.05,"steps":2}}}','hash','00000000older000','3fd30542fe3f61b14bd4a4b2dc0b6fb30fa6f63ebce52dd1778aaa8c4dc02cff',1.79572721245970106122e+09,1.79572721245982789995e+09,1.79572721247063660622e+09,4,1,0,0,'w','',0,1.79572721247068285937e+09,2037,1.79572721247063660622e+09,0,0,4,'000000measuring0');
INSERT INTO "runs" VALUES('kcaq4nfsj2alw7cadqs62tv7k4','running','','{"pack":"miniature","prompt":"a red fox","seed":3,"settings":{"pixels":{"canvas":"raw","cutouts":1,"init_noise":0.01,"learning_rate":0.05,"steps":2}}}','hash','00000000older000','3fd30542fe3f61b14bd4a4b2dc0b6fb30fa6f63ebce52dd1778aaa8c4dc02cff',1.795727212471042633e+09,1.79572721247116017344e+09,NULL,5,1,0,0,'w','',0,NULL,0,0.0,0,0,5,'000000measuring0');
INSERT INTO "runs" VALUES('n34kbyfbh7xczcloosdwfxhkpk','queued','','{"pack":"miniature","prompt":"a red fox","seed":4,"settings":{"diffusion":{"cfg_scale":3.0,"cutouts":1,"guidance_strength":0.15,"guide_start":0.0,"guide_stop":1.0,"mode":"both","steps":2}}}','hash','00000000older000','3fd30542fe3f61b14bd4a4b2dc0b6fb30fa6f63ebce52dd1778aaa8c4dc02cff',1.79572721247308897968e+09,NULL,NULL,6,1,0,0,'','',0,NULL,0,0.0,0,0,6,'000000measuring0');
INSERT INTO "runs" VALUES('brlt5bvvjr6pqgvfbdu43ndmtv','queued','','{"pack":"miniature","prompt":"a red fox","seed":8,"settings":{"pixels":{"canvas":"raw","cutouts":1,"init_noise":0.01,"learning_rate":0.05,"steps":100}}}','hash','00000000older000','3fd30542fe3f61b14bd4a4b2dc0b6fb30fa6f63ebce52dd1778aaa8c4dc02cff',1.79572721248167109487e+09,NULL,NULL,7,1,0,0,'','',0,NULL,0,0.0,1,0,1,'000000measuring0');
INSERT INTO "runs" VALUES('gu5gudb545ntgcusmpli4y4ddq','queued','','{"pack":"miniature","prompt":"a red fox","seed":9,"settings":{"pixels":{"canvas":"raw","cutouts":1,"init_noise":0.01,"learning_rate":0.05,"steps":100}}}','hash','00000000older000','3fd30542fe3f61b14bd4a4b2dc0b6fb30fa6f63ebce52dd1778aaa8c4dc02cff',1.79572721248173451419e+09,NULL,NULL,8,1,0,0,'','',0,NULL,0,0.0,1,0,2,'000000measuring0');
INSERT INTO "runs" VALUES('hbit5ua2bilsoyl3djvlo2p76y','done','','{"pack":"miniature","prompt":"a red fox","seed":0,"settings":{"pixels":{"canvas":"raw","cutouts":1,"init_noise":0.01,"learning_rate":0.05,"steps":2},"vqgan":{"cutouts":8,"learning_rate":0.1,"steps":2}}}','hash','00000000older000','',1.79572721240146398547e+09,1.79572721240146398547e+09,1.79572721242916035649e+09,0,1,0,0,'','/elsewhere/run',0,NULL,0,0.0,0,0,0,'000000measuring0');
CREATE TABLE side_jobs (
                kind TEXT NOT NULL,             -- "picture", "ranking" or "lesson"
                id TEXT NOT NULL,
                status TEXT NOT NULL DEFAULT 'waiting'
                    CHECK (status IN ('waiting', 'working', 'done', 'failed')),
                reason TEXT NOT NULL DEFAULT '',
                owner TEXT NOT NULL DEFAULT '', -- sha256 of the secret that may see, list, remove it
                pack TEXT NOT NULL,
                request TEXT NOT NULL,          -- JSON; see core.storage.side_job_queue.request_text
                result TEXT NOT NULL DEFAULT '{}',
                share REAL NOT NULL DEFAULT 0,  -- 0 … 1, how far it is
                asked REAL NOT NULL,            -- seconds since the epoch, when somebody last did
                PRIMARY KEY (kind, id)
            );
CREATE TABLE steps (
                seq INTEGER PRIMARY KEY AUTOINCREMENT, -- never reused: readers poll for what is newer
                run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
                painter TEXT NOT NULL,
                step INTEGER NOT NULL,
                total INTEGER NOT NULL,
                attempt INTEGER NOT NULL,
                seconds REAL NOT NULL,
                evaluations INTEGER NOT NULL,
                score REAL NOT NULL,
                heldout REAL NOT NULL,
                realism REAL NOT NULL,
                components TEXT NOT NULL,
                has_frame INTEGER NOT NULL DEFAULT 1,
                UNIQUE (run, painter, step)
            );
INSERT INTO "steps" VALUES(1,'yoq7kfhdpga2hhfp4xbi4kxyiz','pixels',0,2,1,0.0,0,0.0,0.05,0.3,'{"colour": 0.25}',1);
INSERT INTO "steps" VALUES(2,'yoq7kfhdpga2hhfp4xbi4kxyiz','pixels',1,2,1,0.5,1,0.1,0.05,0.3,'{"colour": 0.25}',1);
INSERT INTO "steps" VALUES(3,'yoq7kfhdpga2hhfp4xbi4kxyiz','pixels',2,2,1,1.0,2,0.2,0.05,0.3,'{"colour": 0.25}',1);
INSERT INTO "steps" VALUES(4,'yoq7kfhdpga2hhfp4xbi4kxyiz','vqgan',0,2,1,0.0,0,0.0,0.05,0.3,'{"colour": 0.25}',1);
INSERT INTO "steps" VALUES(5,'yoq7kfhdpga2hhfp4xbi4kxyiz','vqgan',1,2,1,0.5,1,0.1,0.05,0.3,'{"colour": 0.25}',1);
INSERT INTO "steps" VALUES(6,'yoq7kfhdpga2hhfp4xbi4kxyiz','vqgan',2,2,1,1.0,2,0.2,0.05,0.3,'{"colour": 0.25}',1);
INSERT INTO "steps" VALUES(9,'mx36id7e5ohmvosfy7si3ctqkq','pixels',2,2,1,1.0,2,0.2,0.05,0.3,'{"colour": 0.25}',1);
INSERT INTO "steps" VALUES(10,'mx36id7e5ohmvosfy7si3ctqkq','pixels',0,2,2,0.0,0,0.0,0.05,0.3,'{"colour": 0.25}',1);
INSERT INTO "steps" VALUES(11,'mx36id7e5ohmvosfy7si3ctqkq','pixels',1,2,2,0.5,1,0.1,0.05,0.3,'{"colour": 0.25}',1);
INSERT INTO "steps" VALUES(12,'5xmzmflhs4bpv3iswpadcd2rrw','pixels',0,2,1,0.0,0,0.0,0.05,0.3,'{"colour": 0.25}',1);
INSERT INTO "steps" VALUES(13,'5xmzmflhs4bpv3iswpadcd2rrw','pixels',1,2,1,0.5,1,0.1,0.05,0.3,'{"colour": 0.25}',1);
INSERT INTO "steps" VALUES(14,'5xmzmflhs4bpv3iswpadcd2rrw','pixels',2,2,1,1.0,2,0.2,0.05,0.3,'{"colour": 0.25}',1);
INSERT INTO "steps" VALUES(15,'kcaq4nfsj2alw7cadqs62tv7k4','pixels',0,2,1,0.0,0,0.0,0.05,0.3,'{"colour": 0.25}',1);
INSERT INTO "steps" VALUES(16,'kcaq4nfsj2alw7cadqs62tv7k4','pixels',1,2,1,0.5,1,0.1,0.05,0.3,'{"colour": 0.25}',1);
INSERT INTO "steps" VALUES(17,'hbit5ua2bilsoyl3djvlo2p76y','pixels',0,2,1,0.0,0,0.0,0.05,0.3,'{"colour": 0.25}',1);
INSERT INTO "steps" VALUES(18,'hbit5ua2bilsoyl3djvlo2p76y','pixels',1,2,1,0.5,1,0.1,0.05,0.3,'{"colour": 0.25}',1);
INSERT INTO "steps" VALUES(19,'hbit5ua2bilsoyl3djvlo2p76y','pixels',2,2,1,1.0,2,0.2,0.05,0.3,'{"colour": 0.25}',1);
INSERT INTO "steps" VALUES(20,'hbit5ua2bilsoyl3djvlo2p76y','vqgan',0,2,1,0.0,0,0.0,0.05,0.3,'{"colour": 0.25}',1);
INSERT INTO "steps" VALUES(21,'hbit5ua2bilsoyl3djvlo2p76y','vqgan',1,2,1,0.5,1,0.1,0.05,0.3,'{"colour": 0.25}',1);
INSERT INTO "steps" VALUES(22,'hbit5ua2bilsoyl3djvlo2p76y','vqgan',2,2,1,1.0,2,0.2,0.05,0.3,'{"colour": 0.25}',1);
CREATE TABLE sweeps (
                id TEXT PRIMARY KEY,
                plan TEXT NOT NULL,             -- core.base.sweep_plan.SweepPlan.canonical()
                created REAL NOT NULL           -- seconds since the epoch
            );
INSERT INTO "sweeps" VALUES('vxqgi6vrfwnw7f2baq4sccaogv','{"base":{"pixels":{}},"pack":"miniature","painter":"pixels","prompt":"a red fox","seed":0,"x":["seed",[8,9]],"y":null}',1.79572721248175334925e+09);
CREATE INDEX runs_by_status ON runs (status, ticket);
CREATE INDEX steps_by_seq ON steps (run, seq);
CREATE INDEX side_jobs_by_status ON side_jobs (kind, status, asked);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('steps',22);
COMMIT;
